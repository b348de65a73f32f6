// A bundle whose answers can be worked out by hand.
#pragma once

#include <cstddef>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

inline constexpr std::size_t kSmallP = 8, kSmallZ = 3;

// The model: gen / 2 + noise, the same three numbers for every row, padding too.
void small_model(const float* constituents, const float* noise, std::size_t jets, float* output);

struct SmallBundle {
  nlohmann::json manifest;                   // without the hashes, which are those of the files
  std::map<std::string, std::string> files;  // content by name

  SmallBundle();
  void write(const std::string& folder) const;
};
