#include <charconv>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "pyjetsim/error.h"
#include "run/run.h"

namespace pyjetsim {

const char* const kHelp =
    R"(usage: pyjetsim-run IN --output OUT.h5 [options]

Simulates the jets of HepMC events with a bundle and writes gen and reco jets to a jets.h5. IN: HepMC3 or HepMC2 in ASCII,
plain, gzip or Zstandard, a file or a pipe; - is the standard input.

  --bundle FOLDER       the bundle, or the name of one that comes with pyjetsim: cells, paper (default: cells)
  --output FILE         the jets.h5 to write
  --seed N              another seed, another passage through the detector (default: 1)
  --threads N           threads that parse, cluster and simulate, up to 1024; the result is the same for any (default: 1)
  --oversample K        reco jets for each gen jet, up to 1000, one after the other in the output (default: 1)
  --gen-pt-min GEV      gen jets above this (default: 100)
  --gen-eta-max ETA     gen jets within this |eta| (default: 3)
  --number-events       number events by their place in the file, from 0, instead of with its own numbers
  --backend NAME        what runs the model: onnxruntime or torchscript (default: onnxruntime)
  --device NAME         where it runs: cpu, cuda or cuda:N (default: cpu)
  --library FILE        the backend's library; default: PYJETSIM_ONNXRUNTIME or the onnxruntime package, or the one for
                        torchscript that was built with this program
  --json FILE           also write the summary here
  --quiet               print errors and warnings only
  --help, --version     print this, or the version, and end
)";

namespace {

// More is a slip of the finger, and would take the machine's memory.
constexpr int kMostThreads = 1024, kMostCopies = 1000;

[[noreturn]] void misunderstood(const std::string& what) {
  throw Error(what, "the command cannot be understood", "see `pyjetsim-run --help`");
}

template <typename Number>
Number whole(const std::string& name, const std::string& text, Number least,
             Number most = std::numeric_limits<Number>::max()) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || error != std::errc() || stop != end || number < least || number > most) {
    misunderstood(name + " " + text + " is no whole number from " + std::to_string(least) + " to " +
                  std::to_string(most));
  }
  return number;
}

double nonnegative(const std::string& name, const std::string& text) {
  double number = -1;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || error != std::errc() || stop != end || !(number >= 0) || std::isinf(number)) {
    misunderstood(name + " " + text + " is not a number of at least 0");
  }
  return number;
}

}  // namespace

RunOptions parse_options(int count, const char* const* arguments) {
  RunOptions options;
  using Take = std::function<void(const std::string& name, const std::string& value)>;
  const auto text = [](std::string& target) -> Take {
    return [&target](const std::string& name, const std::string& value) {
      if (value.empty()) misunderstood(name + " is empty");
      target = value;
    };
  };
  const auto natural = [](int& target, int most) -> Take {
    return [&target, most](const std::string& name, const std::string& value) { target = whole(name, value, 1, most); };
  };
  const auto measure = [](double& target) -> Take {
    return [&target](const std::string& name, const std::string& value) { target = nonnegative(name, value); };
  };
  const std::map<std::string, Take> with_value = {
      {"--bundle", text(options.bundle)},
      {"--output", text(options.output)},
      {"--seed", [&options](const std::string& name,
                            const std::string& value) { options.seed = whole<std::uint64_t>(name, value, 0); }},
      {"--threads", natural(options.threads, kMostThreads)},
      {"--oversample", natural(options.oversample, kMostCopies)},
      {"--gen-pt-min", measure(options.gen_pt_min)},
      {"--gen-eta-max", measure(options.gen_eta_max)},
      {"--backend", text(options.backend)},
      {"--device", text(options.device)},
      {"--library", text(options.library)},
      {"--json", text(options.json)},
  };
  const std::map<std::string, bool*> flags = {{"--number-events", &options.number_events},
                                              {"--quiet", &options.quiet},
                                              {"--help", &options.help},
                                              {"-h", &options.help},
                                              {"--version", &options.version}};

  for (int i = 1; i < count; ++i) {
    const std::string argument = arguments[i];
    if (const auto flag = flags.find(argument); flag != flags.end()) {
      *flag->second = true;
      if (options.help || options.version) return options;
      continue;
    }
    if (argument == "-" || argument.empty() || argument.front() != '-') {
      if (argument.empty()) misunderstood("IN is empty");
      if (!options.source.empty()) misunderstood(argument + " is a second file to read");
      options.source = argument;
      continue;
    }
    const std::size_t equals = argument.find('=');
    const std::string name = argument.substr(0, equals);
    const auto known = with_value.find(name);
    if (known == with_value.end()) misunderstood("there is no option " + name);
    if (equals == std::string::npos && i + 1 == count) misunderstood(name + " has no value");
    known->second(name, equals == std::string::npos ? arguments[++i] : argument.substr(equals + 1));
  }
  for (const auto& [name, value] : {std::pair("IN", &options.source), {"--output", &options.output}}) {
    if (value->empty()) misunderstood(std::string(name) + " is missing");
  }
  return options;
}

}  // namespace pyjetsim
