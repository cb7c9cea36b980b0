#include "line/inference/artefact/cursor.h"

namespace bondline::inference::blm {

void Cursor::fail(std::string_view why, std::string_view of_what) {
  if (failed()) return;
  why_.assign(why).append(of_what);
  where_ = start_ + at_;
  at_ = bytes_.size();
}

}  // namespace bondline::inference::blm
