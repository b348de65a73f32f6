#include "framework/module_error.h"

namespace pyjetsim::framework {
namespace {

// What is being handled, as an Error.
Error handled(const std::string& consequence) {
  const std::string todo = "correct it, or leave out what it fails at";
  try {
    throw;
  } catch (const Error& error) {
    return error;
  } catch (const std::exception& error) {
    return {std::string("it failed with '") + error.what() + "'", consequence, todo};
  } catch (...) {
    return {"it threw something that is no std::exception", consequence, todo};
  }
}

}  // namespace

ModuleError::ModuleError(const std::string& when, const std::string& who, const std::string& consequence)
    : ModuleError(when + ": " + who + ": ", handled(consequence)) {}

ModuleError::ModuleError(const std::string& when_and_who, const Error& cause)
    : Error(when_and_who + cause.wrong(), cause.why(), cause.todo()), cause_(std::current_exception()) {}

}  // namespace pyjetsim::framework
