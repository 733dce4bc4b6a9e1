#if __has_include(<kcpp/kcpp.h>)
#include <kcpp/kcpp.h>
#endif
#include <kcpp/core/version.h>

#include <iostream>

int main() { std::cout << "kcpp " << kcpp::version() << "\n"; }
