// Without exceptions a result that is used although it is an error ends the program with the reason.
#include <ondes.hpp>

int main() { return ondes::reader::open("no/such/file").value().info().has_value(); }
