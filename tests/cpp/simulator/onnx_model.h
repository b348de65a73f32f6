// ONNX models written by hand, so that these tests need no Python.
#pragma once

#include <cstdint>
#include <string>

// reco = gen / 2 + noise, where each of the `constituents` rows takes the same three noise numbers.
std::string half_and_noise_model(std::size_t constituents);

// small_model_with_pids of the small bundle.
std::string model_with_pids();

// line_model of the small bundle.
std::string another_model();

// A tensor whose numbers are in another file, as the weights of a model.
std::string model_with_external_weights(const std::string& location);

// One field of a protocol buffer that holds text or another message.
std::string field(std::uint64_t number, const std::string& content);
std::string field(std::uint64_t number, std::uint64_t value);
