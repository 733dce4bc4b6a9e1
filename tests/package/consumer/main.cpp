#include <kcpp/applications.h>
#include <kcpp/kcpp.h>

#include <iostream>

int main() {
  std::cout << "kcpp " << kcpp::version() << "\n";
  std::cout << kcpp::applications::ResNet20().count_params() << "\n";
}
