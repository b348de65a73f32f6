// What a bench asks of a program, so that the calls of several programs can be timed in turn.
#pragma once

#include <chrono>
#include <cstdio>
#include <exception>
#include <functional>
#include <iostream>
#include <map>
#include <string>

namespace benches {

// Does its work once and gives the seconds that one unit of it took.
using Sample = std::function<double()>;

template <typename Work>
double seconds(const Work& work) {
  using Clock = std::chrono::steady_clock;
  const auto began = Clock::now();
  work();
  return std::chrono::duration<double>(Clock::now() - began).count();
}

// Reads the name of a sample a line and answers with its number, until the input ends.
inline int serve(const std::map<std::string, Sample>& samples) {
  std::printf("ready\n");
  std::fflush(stdout);
  for (std::string name; std::getline(std::cin, name);) {
    const auto sample = samples.find(name);
    if (sample == samples.end()) {
      std::fprintf(stderr, "there is no sample %s\n", name.c_str());
      return 2;
    }
    std::printf("%.9g\n", sample->second());
    std::fflush(stdout);
  }
  return 0;
}

// One line for what was thrown.
template <typename Work>
int guarded(const Work& work) {
  try {
    return work();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}

}  // namespace benches
