#include "backends/backend.h"

#include <map>
#include <mutex>

#include "backends/torchscript/library.h"
#include "bundle/files.h"
#include "pyjetsim/error.h"

namespace pyjetsim {

// In onnxruntime/backend.cpp.
std::unique_ptr<const Backend> make_onnxruntime(const std::string& model, const std::string& path,
                                                const Manifest& manifest, const Backend::Config& config);

// In native/backend.cpp.
std::unique_ptr<const Backend> make_native(const std::string& model, const std::string& path, const Manifest& manifest,
                                           const Backend::Config& config);

namespace {

struct Registered {
  std::string file;
  MakeBackend make;
};

struct Registry {
  std::mutex mutex;
  std::map<std::string, Registered> backends = {{"native", {"native.bin", &make_native}},
                                                {"onnxruntime", {"model.onnx", &make_onnxruntime}},
                                                {"torchscript", {"model.pt", &make_torchscript}}};
};

Registry& registry() {
  static Registry all;
  return all;
}

Registered find(const std::string& name) {
  Registry& all = registry();
  const std::lock_guard<std::mutex> lock(all.mutex);
  const auto found = all.backends.find(name);
  if (found != all.backends.end()) return found->second;
  std::string names;
  for (const auto& [known, unused] : all.backends) names += (names.empty() ? "" : ", ") + known;
  throw Error("there is no backend '" + name + "' in this program", "nothing would run the bundle's model",
              "use one of " + names);
}

}  // namespace

void register_backend(const std::string& name, const std::string& file, MakeBackend make) {
  Registry& all = registry();
  const std::lock_guard<std::mutex> lock(all.mutex);
  all.backends[name] = {file, make};
}

std::unique_ptr<const Backend> make_backend(const std::string& name, const Bundle& bundle,
                                            const Backend::Config& config) {
  // The native one needs no library and no device.
  const bool native = config.library.empty() && config.device == "cpu" && bundle.files.count("native.bin") > 0;
  const Registered backend = find(name != kAutomatic ? name : native ? "native" : "onnxruntime");
  const auto model = bundle.files.find(backend.file);
  if (model == bundle.files.end()) {
    throw Error(bundle.folder + " has no " + backend.file, "the backend '" + name + "' runs nothing else",
                "export the model again, or use another backend");
  }
  return backend.make(model->second, bundle.path(backend.file), bundle.manifest, config);
}

}  // namespace pyjetsim
