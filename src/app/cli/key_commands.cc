// bondline key make | show
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "base/file.h"
#include "trust/key_file.h"

namespace bondline::app {
namespace {

using Json = nlohmann::ordered_json;

/// "line.pem" -> "line.pub.pem"
std::string public_path(const std::string& path) {
  const std::string stem = path.ends_with(".pem") ? path.substr(0, path.size() - 4) : path;
  return stem + ".pub.pem";
}

Json described(const trust::PublicKey& key) {
  return {{"algorithm", "ed25519"},
          {"fingerprint", trust::fingerprint(key)},
          {"public_key", trust::to_hex(key.bytes.data(), key.bytes.size())}};
}

int make(const std::string& path, Io& io) {
  const trust::PrivateKey key = trust::generate_key();
  const trust::PublicKey pub = trust::public_key_of(key);
  if (base::disk().exists(public_path(path)))
    throw base::Error(public_path(path) + " is there already", "name another file");
  if (const std::string problem = trust::write_private_key(path, key); !problem.empty())
    throw base::Error(fmt::format("{} could not be written: {}", path, problem),
                      "name a new file in a folder that is there");
  if (const std::string problem = base::disk().write_atomic(public_path(path), trust::to_pem(pub));
      !problem.empty())
    throw base::Error(fmt::format("{} could not be written: {}", public_path(path), problem), "");
  io.text(fmt::format("{}: the private key, for its owner alone\n{}: the public key, {}\n", path,
                      public_path(path), trust::fingerprint(pub)));
  Json body = {{"file", path}, {"public_file", public_path(path)}};
  body.update(described(pub));
  io.document(body);
  return kDone;
}

int show(const std::string& path, Io& io) {
  std::string problem;
  std::optional<trust::PublicKey> key = trust::read_public_key(path, &problem);
  if (!key) {
    std::string other;
    if (const auto secret = trust::read_private_key(path, &other))
      key = trust::public_key_of(*secret);
    else if (problem.find("private key") != std::string::npos)
      problem = other;
  }
  if (!key)
    throw base::Error(fmt::format("{} can't be used: {}", path, problem), "name an Ed25519 key in PEM");
  io.text(
      fmt::format("{} {}\n", trust::fingerprint(*key), trust::to_hex(key->bytes.data(), key->bytes.size())));
  Json body = {{"file", path}};
  body.update(described(*key));
  io.document(body);
  return kDone;
}

}  // namespace

void add_key_commands(CLI::App& program, Chosen& chosen) {
  CLI::App* noun = program.add_subcommand("key", "keys that documents are signed with (Ed25519)");
  noun->footer("Examples:\n  bondline key make release.pem\n  bondline key show release.pub.pem");
  const auto file = std::make_shared<std::string>();

  CLI::App* c = noun->add_subcommand("make", "a new key: NAME.pem with mode 0600, and NAME.pub.pem");
  auto common = add_common(*c,
                           "  bondline key make release.pem\n"
                           "  bondline key make release.pem --json | jq -r .fingerprint",
                           false);
  c->add_option("NAME.pem", *file, "the new private key's file")->required();
  c->callback([=, &chosen] { chosen = {"key make", common->json, [=](Io& io) { return make(*file, io); }}; });

  c = noun->add_subcommand("show", "fingerprint and public half of a key");
  common = add_common(*c,
                      "  bondline key show release.pub.pem\n"
                      "  bondline key show release.pem --json | jq -r .public_key",
                      false);
  c->add_option("KEY.pem", *file, "a public or a private key")->required();
  c->callback([=, &chosen] { chosen = {"key show", common->json, [=](Io& io) { return show(*file, io); }}; });
}

}  // namespace bondline::app
