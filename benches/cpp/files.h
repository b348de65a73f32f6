// Numbers in files, as NumPy's tofile() writes them and fromfile() reads them.
#pragma once

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

namespace benches {

inline std::string bytes_of(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw std::runtime_error(path + " cannot be read");
  return {std::istreambuf_iterator<char>(stream), {}};
}

template <typename T>
std::vector<T> read_numbers(const std::string& path) {
  const std::string bytes = bytes_of(path);
  std::vector<T> numbers(bytes.size() / sizeof(T));
  bytes.copy(reinterpret_cast<char*>(numbers.data()), numbers.size() * sizeof(T));
  return numbers;
}

template <typename T>
void write_numbers(const std::string& path, const std::vector<T>& numbers) {
  std::ofstream stream(path, std::ios::binary);
  stream.write(reinterpret_cast<const char*>(numbers.data()), static_cast<std::streamsize>(numbers.size() * sizeof(T)));
  stream.close();
  if (!stream) throw std::runtime_error(path + " cannot be written");
}

}  // namespace benches
