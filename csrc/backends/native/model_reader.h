// Settings and tensors of native.bin, checked: what the readers of all models share.
#pragma once

#include <algorithm>
#include <deque>
#include <initializer_list>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "backends/native/file.h"
#include "backends/native/products.h"
#include "bundle/json.h"

namespace pyjetsim::native {

class ModelReader {
 protected:
  using Json = nlohmann::json;
  // What a deque holds stays where it is when more is added.
  using Numbers = std::deque<std::vector<float>>;

  ModelReader(const File& file, Numbers& numbers) : file_(file), numbers_(numbers) {}

  const Json& setting(const char* name) const { return setting(file_.settings, name); }

  const Json& setting(const Json& of, const char* name) const {
    const Json& value = member(of, name);
    if (value.is_null()) damaged(file_.path, std::string("its setting ") + name + " is missing");
    return value;
  }

  [[noreturn]] void wrong(const char* name) const {
    damaged(file_.path, std::string("its setting ") + name + " is not what it can be");
  }

  int count(const Json& value, const char* name, int least, int most) const {
    if (!value.is_number_integer()) wrong(name);
    const double number = value.get<double>();
    if (!(number >= least && number <= most)) wrong(name);
    return static_cast<int>(number);
  }

  int count(const char* name, int least, int most) const { return count(setting(name), name, least, most); }

  float number(const Json& value, const char* name, double least, double most = 1e30) const {
    if (!value.is_number()) wrong(name);
    const double found = value.get<double>();
    if (!(found >= least && found <= most)) wrong(name);
    return static_cast<float>(found);
  }

  const float* keep(std::vector<float> numbers) {
    numbers_.push_back(std::move(numbers));
    return numbers_.back().data();
  }

  const std::vector<float>& tensor(const std::string& name, std::initializer_list<std::int64_t> shape) {
    const auto found = file_.tensors.find(name);
    if (found == file_.tensors.end()) damaged(file_.path, "its tensor " + name + " is missing");
    if (found->second.shape != std::vector<std::int64_t>(shape)) {
      damaged(file_.path, "its tensor " + name + " is of another shape than its settings say");
    }
    used_.insert(name);
    return found->second.numbers;
  }

  // By panels of 16 outputs.
  Linear linear(const std::string& name, int inputs, int outputs, bool with_bias = true) {
    const std::vector<float>& weights = tensor(name + ".weight", {outputs, inputs});
    const auto in = static_cast<std::size_t>(inputs), out = static_cast<std::size_t>(outputs);
    constexpr auto kColumns = static_cast<std::size_t>(kPanel);
    const auto panels = static_cast<std::size_t>(panels_of(outputs));
    std::vector<float> packed(panels * in * kColumns), bias(panels * kColumns);
    for (std::size_t n = 0; n < out; ++n) {
      for (std::size_t k = 0; k < in; ++k) {
        packed[(n / kColumns * in + k) * kColumns + n % kColumns] = weights[n * in + k];
      }
    }
    if (with_bias) {
      const std::vector<float>& given = tensor(name + ".bias", {outputs});
      std::copy(given.begin(), given.end(), bias.begin());
    }
    return {keep(std::move(packed)), keep(std::move(bias)), inputs, outputs};
  }

  void check_all_used() const {
    for (const auto& [name, tensor] : file_.tensors) {
      if (used_.count(name) == 0) {
        const std::string shown = Json(name.substr(0, 60)).dump(-1, ' ', true, Json::error_handler_t::replace);
        damaged(file_.path, "its tensor " + shown + " is not one of the model " + file_.model);
      }
    }
  }

  const File& file_;

 private:
  Numbers& numbers_;
  std::set<std::string> used_;
};

}  // namespace pyjetsim::native
