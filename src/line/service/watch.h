// Live views over a WebSocket. A view gathers what comes between two messages in a bounded queue; a client
// that takes less than comes loses samples, is told how many, and gets every tag's newest value anew, so that
// what it shows is true again. Nobody but itself waits for it.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace bondline::service {

/// "a.*,b.c" in its parts.
std::vector<std::string> patterns_of(std::string_view text);

}  // namespace bondline::service
