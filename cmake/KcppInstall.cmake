# Installation and the package config: find_package(kcpp) then works from the prefix and, without
# installing, from the build folder.
