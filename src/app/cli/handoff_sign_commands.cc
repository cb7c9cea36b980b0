// bondline handoff sign | verify
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <ctime>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "base/file.h"
#include "handoff/handoff.h"
#include "trust/key_file.h"
#include "trust/signature.h"

namespace bondline::app {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  std::string file, signature;
  std::vector<std::string> keys;
};

std::string time_now() {
  char text[32];
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

std::string beside(const Arguments& a) {
  return a.signature.empty() ? a.file + ".sig" : a.signature;
}

int sign(const Arguments& a, Io& io) {
  const handoff::Handoff document = read_handoff(a.file);
  std::string problem;
  const auto key = trust::read_private_key(a.keys.front(), &problem);
  if (!key)
    throw base::Error(fmt::format("the key {} can't be used: {}", a.keys.front(), problem),
                      "bondline key make NAME.pem makes one");
  const trust::Detached made = trust::sign_document(*key, "handoff", time_now(), document.hash);
  problem = base::disk().write_atomic(beside(a), trust::to_text(made));
  if (!problem.empty()) throw base::Error(fmt::format("{} could not be written: {}", beside(a), problem), "");
  io.text(fmt::format("{}: {} signed by key {}\n", beside(a), a.file, trust::fingerprint(made.key)));
  io.document({{"file", a.file},
               {"signature", beside(a)},
               {"key", trust::fingerprint(made.key)},
               {"signed_at", made.time},
               {"hash", document.hash}});
  return kDone;
}

int verify(const Arguments& a, Io& io) {
  // A document that was changed fails its own hash already: that is an answer, not bad input.
  base::FileProblem unread;
  const auto text = base::disk().read(a.file, &unread, 256u << 20);
  if (!text)
    throw base::Error(fmt::format("{} could not be read: {}", a.file, unread), "name a handoff.json");
  std::vector<trust::PublicKey> trusted;
  std::string problem;
  for (const std::string& file : a.keys) {
    const auto key = trust::read_public_key(file, &problem);
    if (!key)
      throw base::Error(fmt::format("the key {} can't be used: {}", file, problem),
                        "name a public key in PEM");
    trusted.push_back(*key);
  }
  base::FileProblem missing;
  const auto signature = base::disk().read(beside(a), &missing, 1u << 16);
  if (!signature)
    throw base::Error(fmt::format("the signature {} could not be read: {}", beside(a), missing),
                      "bondline handoff sign makes it; --signature names it where it lies elsewhere");
  base::Diagnostics wrong;
  const auto document = handoff::read(*text, a.file, wrong);
  const auto detached = trust::read_detached(*signature, &problem);
  bool sound = false;
  if (!document)
    problem = "the handoff itself is not sound: " +
              (wrong.empty() ? std::string() : base::to_text(wrong.all().front()));
  else if (detached) {
    problem = trust::check(*detached, "handoff", document->hash, {});
    sound = problem.empty();
    if (sound && !trusted.empty()) problem = trust::check(*detached, "handoff", document->hash, trusted);
    if (sound && trusted.empty())
      problem = "it has not changed since it was signed by the key " + trust::fingerprint(detached->key) +
                "; whether that is one to trust, nobody has said: name it with --key";
  }
  const bool good = sound && problem.empty();
  io.text(good ? fmt::format("{}: signed by the trusted key {} on {}\n", a.file,
                             trust::fingerprint(detached->key), detached->time)
               : fmt::format("{}: {}\n", a.file, problem));
  io.document({{"file", a.file},
               {"signature", beside(a)},
               {"verified", good},
               {"sound", sound},
               {"trusted", good},
               {"key", detached ? Json(trust::fingerprint(detached->key)) : Json()},
               {"signed_at", detached ? Json(detached->time) : Json()},
               {"hash", document ? Json(document->hash) : Json()},
               {"problem", problem}});
  return good ? kDone : kJudged;
}

}  // namespace

void add_handoff_sign_commands(CLI::App& noun, Chosen& chosen) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* c = noun.add_subcommand("sign", "sign a handoff; the signature goes into H.json.sig");
  auto common =
      add_common(*c,
                 "  bondline handoff sign report/handoff.json --key release.pem\n"
                 "  bondline handoff sign h.json --key release.pem --out h.signature --json | jq .key",
                 false);
  c->add_option("H.json", arguments->file, "the handoff")->required();
  c->add_option("--key", arguments->keys, "private key in PEM (bondline key make)")->required()->expected(1);
  c->add_option("--out", arguments->signature, "where the signature goes; H.json.sig");
  c->callback([=, &chosen] {
    chosen = {"handoff sign", common->json, [=](Io& io) { return sign(*arguments, io); }};
  });

  c = noun.add_subcommand("verify", "whether a handoff is what a trusted key signed; exit status 1 when not");
  common =
      add_common(*c,
                 "  bondline handoff verify report/handoff.json --key release.pub.pem\n"
                 "  bondline handoff verify h.json --key a.pub.pem --key b.pub.pem --json | jq .verified",
                 false);
  c->add_option("H.json", arguments->file, "the handoff")->required();
  c->add_option("--key", arguments->keys, "public key in PEM that is trusted; may be repeated")
      ->expected(1)
      ->take_all();
  c->add_option("--signature", arguments->signature, "the signature's file; H.json.sig");
  c->callback([=, &chosen] {
    chosen = {"handoff verify", common->json, [=](Io& io) { return verify(*arguments, io); }};
  });
}

}  // namespace bondline::app
