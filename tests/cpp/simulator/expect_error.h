// Errors that must be told, in one line, with these words.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "pyjetsim/error.h"

template <typename Work>
void expect_error(const Work& work, const std::string& words) {
  try {
    work();
    ADD_FAILURE() << "no error, where there should be one with: " << words;
  } catch (const pyjetsim::Error& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find(words), std::string::npos) << message << "\nhas not: " << words;
    EXPECT_EQ(message.find_first_of("\r\n"), std::string::npos) << message;
    EXPECT_EQ(message, error.wrong() + " (" + error.why() + "): " + error.todo());
  }
}
