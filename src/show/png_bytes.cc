#include <png.h>

#include "base/diagnostic.h"
#include "show/canvas.h"

namespace bondline::show {

std::string png_bytes(const Canvas& canvas) {
  std::vector<png_byte> rgb;
  rgb.reserve(std::size_t(canvas.width()) * std::size_t(canvas.height()) * 3);
  for (int y = 0; y < canvas.height(); ++y) {
    for (int x = 0; x < canvas.width(); ++x) {
      const Colour c = canvas.at(x, y);
      rgb.insert(rgb.end(), {c.r, c.g, c.b});
    }
  }
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = png_uint_32(canvas.width());
  image.height = png_uint_32(canvas.height());
  image.format = PNG_FORMAT_RGB;
  image.flags = PNG_IMAGE_FLAG_FAST;  // a third of the time for a third more bytes
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::string out(size, '\0');
  if (png_image_write_to_memory(&image, out.data(), &size, 0, rgb.data(), 0, nullptr) == 0) {
    throw base::Error(std::string("the picture could not be encoded: ") + image.message,
                      "make the picture smaller");
  }
  out.resize(size);
  return out;
}

}  // namespace bondline::show
