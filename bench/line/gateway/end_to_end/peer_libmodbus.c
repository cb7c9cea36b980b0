/* libmodbus as a client: one request of 125 registers under way. peer_libmodbus PORT SECONDS */
#include <modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  modbus_t* bus = modbus_new_tcp("127.0.0.1", atoi(argv[1]));
  modbus_set_slave(bus, 1);
  if (modbus_connect(bus) != 0) return 1;
  const double began = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID), most = atof(argv[2]);
  uint16_t registers[125];
  long reads = 0;
  double passed = 0;
  for (; passed < most; ++reads) {
    if (modbus_read_registers(bus, (int)(reads % 40) * 125, 125, registers) != 125) return 1;
    passed = now(CLOCK_MONOTONIC) - began;
  }
  const double million = 125e-6 * (double)reads;
  printf("libmodbus %s, 125 registers a request, 1 under way: %.2f Mtag/s, %.2f per client core\n", LIBMODBUS_VERSION_STRING,
         million / passed, million / (now(CLOCK_PROCESS_CPUTIME_ID) - cpu));
  modbus_close(bus);
  modbus_free(bus);
  return 0;
}
