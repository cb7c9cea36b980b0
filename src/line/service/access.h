// Who may do what. Reading: whoever reaches a loopback address, or shows the token. Writing: only where the
// line file says so, and only who shows the token for writing; never a web page of another origin. A page
// that has a browser call us under a name of its own (DNS rebinding) shows by its Host field.
#pragma once
#include <string>
#include <string_view>

#include "line/station/line_file.h"
#include "net/http/message.h"

namespace bondline::service {

enum class Wish { know_it_lives, read, watch, write };

struct Refusal {
  int status = 0;  ///< 0: it may
  std::string why;
};

Refusal refusal_of(const station::ApiAccess& access, const net::http::Request& request, Wish wish);

/// Equal, in a time that tells nothing of where they differ.
bool same_secret(std::string_view a, std::string_view b);

}  // namespace bondline::service
