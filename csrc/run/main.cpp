// pyjetsim-run: HepMC events in, simulated jets out.
#include <cerrno>
#include <cstdio>
#include <exception>
#include <fstream>
#include <new>
#include <string>

#include "io/output_file.h"
#include "run/run.h"
#include "run/terminal.h"

namespace {

using namespace pyjetsim;

void write_text(const std::string& path, const std::string& text) {
  TemporaryName name(path);
  std::ofstream stream(name.name(), std::ios::binary);
  stream << text;
  stream.close();
  if (!stream) throw_cannot_write(path, errno);
  name.keep();
}

// One line, whatever is said.
void tell(std::string said) {
  for (char& character : said) {
    if (character == '\n' || character == '\r') character = ' ';
  }
  std::fprintf(stderr, "pyjetsim-run: %s\n", said.c_str());
}

int fail(const std::string& said) {
  tell(said);
  return 2;
}

int command(const RunOptions& options) {
  if (options.help) {
    std::fputs(help().c_str(), stdout);
    return 0;
  }
  if (options.version) {
    std::puts("pyjetsim-run " PYJETSIM_VERSION);
    return 0;
  }
  note_interrupts();
  const RunResult result = run(options);
  if (!options.quiet) std::puts(text(result.summary).c_str());
  if (!options.json.empty()) write_text(options.json, json(result.summary));
  for (const std::string& warning : result.warnings) tell("warning: " + warning);
  return result.stopped.empty() ? 0 : fail(result.stopped);
}

}  // namespace

int main(int count, char** arguments) {
  try {
    return command(parse_options(count, arguments));
  } catch (const std::bad_alloc&) {
    return fail("there is not enough memory (nothing was written): give fewer --threads or a smaller --oversample");
  } catch (const std::exception& error) {
    return fail(error.what());
  }
}
