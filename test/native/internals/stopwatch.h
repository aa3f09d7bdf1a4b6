#pragma once

#include <ctime>

namespace latchkey::internals {

struct Elapsed {
  double wall_nanoseconds;
  double cpu_nanoseconds;  // of this thread
};

inline double Nanoseconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

class Stopwatch {
 public:
  [[nodiscard]] Elapsed Read() const {
    return {.wall_nanoseconds = Nanoseconds(CLOCK_MONOTONIC) - wall_,
            .cpu_nanoseconds = Nanoseconds(CLOCK_THREAD_CPUTIME_ID) - cpu_};
  }

 private:
  double wall_ = Nanoseconds(CLOCK_MONOTONIC);
  double cpu_ = Nanoseconds(CLOCK_THREAD_CPUTIME_ID);
};

}  // namespace latchkey::internals
