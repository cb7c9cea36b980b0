#include "peer.h"
double sqlite_rows_per_second(const std::string&, int, int) {
  return -1;
}
