// How many cores this process may use: the affinity mask, cut by the CPU quota of its control group and of
// every group above it (cgroup v2 cpu.max; v1 cpu.cfs_quota_us).
#include <sched.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

#include "base/parallel.h"

namespace bondline::base {
namespace {

int cores_in_affinity_mask() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
  return std::max(1u, std::thread::hardware_concurrency());  // more than 1024 cores: the mask does not fit
}

// Cores a quota allows; infinity where there is none. A fraction of a core is dropped: threads that share it
// would be throttled together.
double quota_v2(const std::string& folder) {
  std::ifstream file(folder + "/cpu.max");
  std::string quota;
  double period = 0;
  if (!(file >> quota >> period) || quota == "max" || !(period > 0)) return INFINITY;
  return std::strtod(quota.c_str(), nullptr) / period;
}

double quota_v1(const std::string& folder) {
  double quota = 0, period = 0;
  std::ifstream(folder + "/cpu.cfs_quota_us") >> quota;
  std::ifstream(folder + "/cpu.cfs_period_us") >> period;
  return quota > 0 && period > 0 ? quota / period : INFINITY;
}

double cores_in_quota() {
  double cores = INFINITY;
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const bool v2 = controllers == ",,";
    if (!v2 && controllers.find(",cpu,") == std::string::npos) continue;
    const std::string root = v2 ? "/sys/fs/cgroup" : "/sys/fs/cgroup/cpu";
    for (std::string group = line.substr(second + 1);;) {
      cores = std::min(cores, v2 ? quota_v2(root + group) : quota_v1(root + group));
      const std::size_t slash = group.rfind('/');
      if (slash == std::string::npos || group.empty()) break;
      group.erase(slash);
    }
  }
  return cores;
}

}  // namespace

int usable_cores() {
  const int mask = cores_in_affinity_mask();
  const double quota = cores_in_quota();
  return quota < mask ? std::max(1, static_cast<int>(quota)) : mask;
}

}  // namespace bondline::base
