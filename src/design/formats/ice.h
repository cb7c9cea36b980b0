// 3D-ICE's stack (.stk), floorplan and layout files (docs/formats/3d-ice.md). Values in the structs below are
// SI; the files are in um, W/(um K), J/(um3 K), W/(um2 K). Internal to the room.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "design/formats/deck.h"
#include "design/formats/text.h"

namespace bondline::formats {

// ---- tokens ----
enum class IceKind { word, number, path, punctuation, bad, end };
struct IceToken {
  IceKind kind = IceKind::end;
  std::string_view text;  ///< of a path: without quotes
  double value = 0;
  int line = 0, column = 0;
};

/// Cuts a text into tokens (comments left out), the last of kind `end`. At most 4 million. They point into
/// the text.
std::vector<IceToken> ice_tokens(const std::string& text);
std::vector<IceToken> ice_tokens(std::string&& text) = delete;

/// Reads tokens one by one; the first thing out of place is reported and ends the reading (`failed`).
class IceReader {
 public:
  IceReader(const std::string& text, std::string file, Report& report)
      : file_(std::move(file)), report_(report), tokens_(ice_tokens(text)) {}
  IceReader(std::string&& text, std::string file, Report& report) = delete;
  const IceToken& peek(std::size_t ahead = 0) const;
  bool is(std::string_view word, std::size_t ahead = 0) const;  ///< a word or punctuation with this text
  bool accept(std::string_view word);                           ///< eats it if it is next
  bool expect(std::string_view word);                           ///< eats it or fails
  bool expect_all(std::initializer_list<std::string_view> words);
  std::string name(const char* what);  ///< an identifier, or ""
  std::string path();
  double number(const char* what);
  double positive(const char* what);  ///< > 0
  bool at_end() const { return peek().kind == IceKind::end; }
  bool failed() const { return failed_; }
  void fail(const std::string& what, const std::string& mend);
  Where where() const { return {file_, peek().line, peek().column}; }

 private:
  std::string file_;
  Report& report_;
  std::vector<IceToken> tokens_;
  std::size_t next_ = 0;
  bool failed_ = false;
};

// ---- what the files say ----
struct IceSink {
  double h = 0, temperature = 0;
  Where where;
};
struct IcePlug {
  double length = 0, width = 0, height = 0;
  std::string material, library;
  Where where;
};
struct IceCavity {
  std::string kind;  ///< "microchannel 4rm", "microchannel 2rm", "pinfin"
  double height = 0;
  std::string material;
  double inlet = 0;  ///< K
  double flow = 0;   ///< m3/s per cavity, 0: not given (pinfin has a velocity)
  double channel = 0, wall = 0, first_wall = 0,
         last_wall = 0;            ///< m; outer walls as inner ones when not given
  double diameter = 0, pitch = 0;  ///< m, of pins
  bool staggered = false;
  double velocity = 0;                   ///< m/s, Darcy, among pins
  double side = 0, top = 0, bottom = 0;  ///< W/(m2 K); 2rm: top and bottom per footprint
  double heat_capacity = 0;              ///< J/(m3 K)
  Where where;
};
struct IceLayer {
  std::string name, material, layout;  ///< name empty inside a die
  double height = 0;
  bool source = false;
  Where where;
};
struct IceDie {
  std::vector<IceLayer> layers;  ///< top to bottom
  Where where;
};
struct IceElement {
  enum class Kind { layer, channel, die } kind = Kind::layer;
  std::string name, of, floorplan;
  Where where;
};
struct IceStack {
  std::vector<DeckMaterial> materials;
  std::optional<IceSink> top, bottom;
  std::optional<IcePlug> plug;
  std::optional<IceCavity> cavity;
  double length = 0, width = 0;
  double cell_length = 0, cell_width = 0;
  bool even_cells = true;  ///< false: non-uniform, refined by floorplan and layer
  std::map<std::string, IceLayer> layers;
  std::map<std::string, IceDie> dies;
  std::vector<IceElement> elements;  ///< top to bottom
  bool transient = false;
  double slot = 0;
  double initial = 0;
  bool output = false;
};
bool read_ice_stack(const std::string& text, const std::string& file, Report& report, IceStack& out);

struct IceBlock : DeckBlock {
  std::vector<double> powers;  ///< W, one per slot
};
/// `length`, `width`: of the chip; blocks outside are an error.
bool read_ice_floorplan(const std::string& text, const std::string& file, double length, double width,
                        Report& report, std::vector<IceBlock>& out);

struct IceLayout {
  std::vector<DeckMaterial> materials;  ///< declared in the layout file
  std::vector<DeckBlock> blocks;        ///< name empty, material set
};
bool read_ice_layout(const std::string& text, const std::string& file, double length, double width,
                     Report& report, IceLayout& out);
/// "material NAME : thermal conductivity ...; volumetric heat capacity ...;" (shared by .stk and layout
/// files).
bool read_ice_material(IceReader& in, Report& report, std::vector<DeckMaterial>& out);

/// True when a .flp is 3D-ICE's rather than HotSpot's.
bool looks_like_ice_floorplan(const std::string& text);

std::optional<package::Design> import_ice(const std::string& stack,
                                          const std::vector<std::string>& floorplans, Sources& sources,
                                          Report& report);

}  // namespace bondline::formats
