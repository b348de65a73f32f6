#include <getopt.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "core/number_text.h"
#include "pyjetsim/error.h"
#include "run/run.h"

namespace pyjetsim {

std::string help() {
  return R"(usage: pyjetsim-run IN --output OUT.h5 [options]

Simulates the jets of HepMC events with a bundle and writes gen and reco jets to a jets.h5. IN: HepMC3 or HepMC2 in ASCII,
plain, gzip or Zstandard, a file or a pipe; - is the standard input.

  --bundle FOLDER       the bundle, or the name of one that comes with pyjetsim: cells, paper, cells-1 (default: cells)
  --output FILE         the jets.h5 to write
  --seed N              another seed, another passage through the detector (default: 1)
  --threads N           threads that parse, cluster and simulate, up to 1024; the result is the same for any (default: 1)
  --oversample K        reco jets for each gen jet, up to 1000, one after the other in the output (default: 1)
  --gen-pt-min GEV      gen jets above this (default: )" +
         short_text(kGenPtMin, 6) + R"()
  --gen-eta-max ETA     gen jets within this |eta| (default: )" +
         short_text(kGenEtaMax, 6) + R"()
  --number-events       number events by their place in the file, from 0, instead of with its own numbers
  --backend NAME        what runs the model: native, onnxruntime or torchscript (default: auto, which is native where the
                        bundle has it and --device and --library do not ask for another, onnxruntime elsewhere)
  --device NAME         where it runs: cpu, cuda or cuda:N (default: cpu)
  --library FILE        the backend's library; default: PYJETSIM_ONNXRUNTIME or the onnxruntime package, or the one for
                        torchscript that was built with this program
  --json FILE           also write the summary here
  --quiet               print errors and warnings only
  --help, --version     print this, or the version, and end

examples:
  pyjetsim-run events.hepmc.gz --output simulated.h5 --threads 4
  my_generator | pyjetsim-run - --output simulated.h5 --seed 7
)";
}

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

// Letters to insert, drop or change until `a` is `b`.
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

// What getopt_long() of the C library gives: an option that is in the table, something that stands by itself, or a
// fault.
RunOptions parse_options(int count, char* const* arguments) {
  RunOptions options;
  using Take = std::function<void(const std::string& name, const std::string& value)>;
  struct Known {
    const char* name;
    Take take;
    bool* flag = nullptr;  // an option without a value
  };
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
  const Take seed = [&options](const std::string& name, const std::string& value) {
    options.seed = whole<std::uint64_t>(name, value, 0);
  };
  const std::vector<Known> known = {{"bundle", text(options.bundle)},
                                    {"output", text(options.output)},
                                    {"seed", seed},
                                    {"threads", natural(options.threads, kMostThreads)},
                                    {"oversample", natural(options.oversample, kMostCopies)},
                                    {"gen-pt-min", measure(options.gen_pt_min)},
                                    {"gen-eta-max", measure(options.gen_eta_max)},
                                    {"backend", text(options.backend)},
                                    {"device", text(options.device)},
                                    {"library", text(options.library)},
                                    {"json", text(options.json)},
                                    {"number-events", {}, &options.number_events},
                                    {"quiet", {}, &options.quiet},
                                    {"version", {}, &options.version},
                                    {"help", {}, &options.help}};
  constexpr int kFirst = 256;  // beyond every letter
  std::vector<option> table;
  for (const Known& each : known) {
    table.push_back({each.name, each.flag != nullptr ? no_argument : required_argument, nullptr,
                     kFirst + static_cast<int>(table.size())});
  }
  table.push_back({});

  const auto unknown = [&known](const std::string& name) {
    std::string nearest;
    std::size_t least = 3;  // more is no slip of the finger
    for (const Known& each : known) {
      const std::string option = std::string("--") + each.name;
      const std::size_t far = distance(name, option);
      if (far >= least) continue;
      least = far;
      nearest = "did you mean " + option + "? ";
    }
    throw Error("there is no option " + name, "the command cannot be understood",
                nearest + "`pyjetsim-run --help` lists all");
  };
  const auto take_source = [&options](const std::string& value) {
    if (value.empty()) misunderstood("IN is empty");
    if (!options.source.empty()) misunderstood(value + " is a second file to read");
    options.source = value;
  };
  opterr = 0;
  // '-': words that are no options come in their place. ':': a missing value differs from an unknown option.
  for (int found; (found = getopt_long(count, arguments, "-:h", table.data(), nullptr)) != -1;) {
    const std::string before = arguments[optind - 1];
    if (found == 1) {
      take_source(optarg);
    } else if (found == ':') {
      misunderstood(before + " has no value");
    } else if (found == '?') {
      const bool is_letter = optopt > 0 && optopt < kFirst;
      const std::string name =
          is_letter ? std::string("-") + static_cast<char>(optopt) : before.substr(0, before.find('='));
      if (optopt >= kFirst) misunderstood(name + " takes no value");
      unknown(name);
    } else {
      const Known& option = found == 'h' ? known.back() : known[static_cast<std::size_t>(found - kFirst)];
      if (option.flag != nullptr) {
        *option.flag = true;
      } else {
        option.take(std::string("--") + option.name, optarg);
      }
      if (options.help || options.version) return options;
    }
  }
  for (int i = optind; i < count; ++i) take_source(arguments[i]);  // behind "--"
  for (const auto& [name, value] : {std::pair("IN", &options.source), {"--output", &options.output}}) {
    if (value->empty()) misunderstood(std::string(name) + " is missing");
  }
  return options;
}

}  // namespace pyjetsim
