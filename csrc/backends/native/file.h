// native.bin: a model's name, settings and tensors. pyjetsim/bundle/native.py writes it and says how.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace pyjetsim::native {

struct Tensor {
  std::vector<std::int64_t> shape;
  std::vector<float> numbers;  // finite
};

struct File {
  std::string path;  // for messages
  std::string model;
  nlohmann::json settings;
  std::map<std::string, Tensor> tensors;
};

// Throws Error for damage, and for another version.
File read_file(const std::string& content, const std::string& path);

[[noreturn]] void damaged(const std::string& path, const std::string& problem);

}  // namespace pyjetsim::native
