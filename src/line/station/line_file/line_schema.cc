#include "line/station/line_file.h"

#include "line/station/line_file/keys.h"

namespace bondline::station {

using namespace document;

namespace {

Key key(std::string name, Value value, std::string help, bool required = false) {
  return {std::move(name), std::move(value), std::move(help), required, true};
}

Key later(std::string name, std::string help) {
  return {std::move(name), anything(), std::move(help), false, false};
}

Value time_or_none() {
  return quantity(base::dim::time, 0, kLongest_s);
}

Value time_span() {
  Value value = time_or_none();
  value.min_exclusive = true;
  return value;
}

Schema machine_schema() {
  Schema s;
  s.title = "machine";
  s.keys = {
      key("modbus", text(),
          "a Modbus device: tcp://HOST[:502], rtu-over-tcp://HOST:PORT or rtu:/dev/serial/by-id/..."),
      key("mqtt", text(),
          "a broker whose topics are tags: mqtt://HOST[:1883] or, by TLS, mqtts://HOST[:8883]"),
      key("file", path(), "files as a machine: drop/*.csv, or one file that grows"),
      key("sim", choice(gateway::sim_models()), "a simulated machine of this kind"),
      key("poll", time_span(), "time between polls; 1 s"),
      key("tags", path(), "the machine's tags, a CSV file (docs/formats/tags.md)"),
      key("unit", integer(0, 255), "Modbus unit identifier; 1"),
      key("timeout", time_span(), "longest wait for an answer; 1 s"),
      key("pipeline", integer(0, 64),
          "Modbus requests under way at once; 0: find out how many the device takes"),
      key("max_registers", integer(1, 125), "longest Modbus read the device allows; 125, and learned"),
      key("gap", integer(0, 2000), "registers a Modbus request is worth: smaller gaps are read through; 60"),
      key("baud", integer(300, 4000000), "serial line: bits a second; 19200"),
      key("parity", choice({"none", "even", "odd"}), "serial line; even"),
      key("stop_bits", integer(1, 2), "serial line; 1"),
      key("subscribe", list_of(text()), "MQTT: topic filters to subscribe to; those of the tags"),
      key("version", choice({"5", "3.1.1"}), "of MQTT; 5"),
      key("qos", integer(0, 2), "MQTT: of subscriptions and of what is written; 1"),
      key("session", choice({"keep", "clean"}),
          "MQTT: whether the broker keeps messages while we are away; keep"),
      key("session_expiry", time_span(), "MQTT 5: for how long it keeps them; 7 d"),
      key("client_id", text(), "MQTT: how the broker knows this machine; bondline-LINE-MACHINE"),
      key("user", text(), "MQTT: user name"),
      key("password_file", path(), "MQTT: file whose first line is the password"),
      key("keep_alive", time_span(), "MQTT: longest silence; 30 s"),
      key("ca", path(), "mqtts: PEM file of the authorities that are trusted; the system's"),
      key("certificate", path(), "mqtts: PEM file that shows who we are"),
      key("key", path(), "mqtts: PEM file with its key"),
      key("server_name", text(), "mqtts: name that must be in the broker's certificate; the host"),
      key("read", choice({"drop", "tail"}), "files: read once and moved away, or one that grows; drop"),
      key("format", choice({"csv", "jsonl"}), "of files; csv, jsonl for *.jsonl and *.ndjson"),
      key("header", choice({"yes", "no"}), "CSV files: whether the first line names the columns; yes"),
      key("separator", choice({",", ";", "tab", "|"}), "CSV files: between columns; ,"),
      key("decimal", choice({".", ","}), "files: within numbers; ."),
      key("settle", time_or_none(), "files: one that changes is left alone for so long; 2 s"),
      key("done", path(), "files: folder for what has been read; done beside them"),
      key("start", choice({"beginning", "end"}), "a file that grows, seen for the first time; beginning"),
      key("time", text(),
          "MQTT: the member of JSON payloads that says when; files: the column; the time of receipt"),
      key("time_format", text(), "iso, unix, unix ms, unix us, unix ns, or %d.%m.%Y %H:%M:%S; iso"),
      key("time_zone", text(), "of times that name none: UTC, +01:00, Europe/Berlin; UTC"),
      key("size", integer(1, 100000), "simulated machine: zones, heads or tags; 8"),
      key("seed", integer(1, 1e9), "simulated machine: its noise; 1"),
      key("deadband", text(),
          "samples pass when moved by more: 0.5 (in the tag's unit), 1 % (of its span), 0 (when changed); "
          "all pass"),
      key("silence", time_span(), "with a deadband: longest time without a sample; for ever"),
      key("keep_every", integer(1, 1e6), "every n-th sample passes; 1"),
      key("stale", time_span(), "silent for longer a value is uncertain; never"),
      later("secsgem", "SECS/GEM over HSMS"),
      later("opcua", "OPC UA"),
      later("camera", "a camera"),
      later("events", "events to collect"),
      later("security", "OPC UA security"),
      later("inspect", "inspection of the camera's pictures"),
  };
  return s;
}

Schema model_schema() {
  Schema input;
  input.title = "input of a model";
  input.keys = {
      key("tags", any_of({text(), list_of(text(), 1)}), "numbers it reads, in the order of the model", true),
      key("window", integer(1, 1000000), "values of each, the newest last; 1"),
      key("first", choice({"times", "tags"}), "what comes first in the model's input; read off its shape"),
      key("mean", any_of({text(), list_of(text(), 1)}), "taken off each value: one, or one for each tag; 0"),
      key("deviation", any_of({text(), list_of(text(), 1)}),
          "divides what is left: one, or one for each tag; 1"),
  };
  Schema s;
  s.title = "model";
  s.keys = {
      key("description", text(), "for people"),
      key("model", path(), "a compiled model (.blm)", true),
      key("inputs", dictionary_of(map_of(input)), "each of the model's inputs, by its name", true),
      key("outputs", dictionary_of(any_of({text(), list_of(text(), 1)})),
          "tags the elements of its outputs become; - for none", true),
      key("step", time_span(), "between values of a window; 100 ms"),
      key("every", time_span(), "between runs, a multiple of step; the longest window"),
      key("bad", choice({"skip", "hold"}),
          "a window with a bad value is left out, or the last good value holds; skip"),
      key("threads", integer(1, 64), "of the model; 1"),
  };
  return s;
}

Schema rule_schema() {
  Schema s;
  s.title = "rule";
  s.keys = {
      key("description", text(), "for people"),
      key("emit", text(), "what a computed tag is, or what is made of a window (docs/formats/rules.md)"),
      key("every", time_span(), "made at this period; when an input comes and the result changes"),
      key("window", time_span(), "values of so long are gathered; every: between results, the window"),
      key("gap", time_span(), "values are gathered until there is silence for so long"),
      key("deadband", text(), "made when moved by more than this, in its unit; 0"),
      key("unit", text(), "of the made tag; that of the expression"),
      key("write", text(), "a tag every new value is written to"),
      key("when", text(), "the condition of an alarm"),
      key("alarm", name(), "how grave it is: high, low ...; warning"),
      key("for", time_or_none(), "the condition must hold for so long; 0 s"),
      key("release", text(), "a condition that ends the alarm; that its own no longer holds"),
      key("release_after", time_or_none(), "the release must hold for so long; 0 s"),
      key("acknowledge", text(), "a condition that acknowledges it when it becomes true; none is needed"),
      later("advise", "a setting the twin proposes"),
  };
  return s;
}

Schema sink_schema() {
  Schema s;
  s.title = "sink";
  s.keys = {
      key("mqtt", text(), "an MQTT broker: mqtt://HOST[:1883] or, by TLS, mqtts://HOST[:8883]"),
      key("http", text(),
          "a web address that takes batches: https://HOST[:443]/PATH or http://HOST[:80]/PATH"),
      key("token_file", path(), "http: file whose first line is shown as a bearer token"),
      key("timeout", time_span(), "http: longest wait for an answer; 30 s"),
      key("every", time_span(), "http: shortest time between batches; as soon as there is one"),
      key("refused", choice({"wait", "drop"}),
          "http: samples the receiver calls wrong (400, 413, 422) are kept and sent again, or dropped and "
          "counted; wait"),
      key("ca", path(), "mqtts, https: PEM file of the authorities that are trusted; the system's"),
      key("certificate", path(), "mqtts, https: PEM file that shows who we are"),
      key("key", path(), "mqtts, https: PEM file with its key"),
      key("server_name", text(), "mqtts, https: name that must be in the server's certificate; the host"),
      key("version", choice({"5", "3.1.1"}), "of MQTT; 5"),
      key("topic", text(), "where samples go; bondline/LINE"),
      key("state_topic", text(), "retained online / offline; bondline/LINE/state"),
      key("qos", integer(0, 2), "0: as the network likes; 1: at least once, doubles marked; 2: once. 1"),
      key("payload", choice({"json", "cbor"}), "form of a message (docs/formats/payload.md); json"),
      key("samples", integer(1, 100000), "most samples in one message; 2000, http: 5000"),
      key("client_id", text(), "how the broker knows this line; bondline-LINE-SINK"),
      key("user", text(), "user name"),
      key("password_file", path(), "file whose first line is the password"),
      key("keep_alive", time_span(), "longest silence; 30 s"),
      key("in_flight", integer(1, 60000), "messages under way without acknowledgement; 100"),
      later("sparkplug", "Sparkplug B"),
      later("postgres", "a PostgreSQL historian"),
      later("nats", "a NATS server"),
  };
  return s;
}

Schema serve_schema() {
  Schema s;
  s.title = "serve";
  s.keys = {
      key("modbus", text(),
          "where masters reach it: tcp://ADDRESS[:502] (* is every address), rtu-over-tcp:// or rtu:/dev/...",
          true),
      key("tags", path(), "which tag stands in which register, a CSV file (docs/formats/line.md)", true),
      key("unit", integer(1, 247), "its unit identifier; 1"),
      key("allow", list_of(text(), 1, 100), "addresses of masters that may connect; all"),
      key("baud", integer(300, 4000000), "serial line: bits a second; 19200"),
      key("parity", choice({"none", "even", "odd"}), "serial line; even"),
      key("stop_bits", integer(1, 2), "serial line; 1"),
  };
  return s;
}

Schema handoff_schema() {
  Schema s;
  s.title = "handoff";
  s.keys = {
      key("file", path(), "the handoff.json", true),
      key("key", path(), "public key (PEM) that must have signed it (bondline handoff sign)"),
      key("signature", path(), "its signature; FILE.sig"),
  };
  return s;
}

Schema store_schema() {
  Schema s;
  s.title = "store";
  s.keys = {
      key("path", path(), "folder of the log; bondline-store beside the line file"),
      key("keep", time_span(), "age at which what every sink has taken over may go; for ever"),
      key("max", text(), "most bytes of the log: 10 GB, 500 MB; no bound but the disk"),
      key("when_full", choice({"stop", "drop oldest", "decimate"}), "what happens when it is full; stop"),
      key("decimate_by", integer(2, 1000), "with decimate: every n-th sample of a tag is kept; 10"),
      key("window", time_span(), "longest wait of a sample for its commit; 5 ms"),
  };
  return s;
}

Schema api_schema() {
  Schema write;
  write.title = "write";
  write.keys = {
      key("token_file", path(), "file whose first line a client must show to write; readers may not know it",
          true),
      key("tags", list_of(text()),
          "tags that may be written: oven.zone4_setpoint, oven.*; all that are writable"),
  };
  Schema s;
  s.title = "api";
  s.keys = {
      key("listen", text(), "address and port: 127.0.0.1:8089 (the default), 0.0.0.0:8089, [::1]:8089"),
      key("token_file", path(), "file whose first line a client must show to read; needed off loopback"),
      key("certificate", path(), "PEM file: serve by TLS with this certificate"),
      key("key", path(), "PEM file with its key"),
      key("write", map_of(write), "lets clients write tags; without it nobody can"),
  };
  return s;
}

}  // namespace

Schema line_schema() {
  Schema s;
  s.title = "line";
  s.keys = {
      key("bondline", choice({"line/1"}), "the format", true),
      key("name", name(), "of the line", true),
      key("description", text(), "for people"),
      key("machines", dictionary_of(map_of(machine_schema())), "what is connected", true),
      key("sinks", dictionary_of(map_of(sink_schema())), "who receives"),
      key("store", map_of(store_schema()), "the log everything goes through"),
      key("api", map_of(api_schema()), "HTTP and WebSocket interface to the running line; without it none"),
      key("shards", integer(1, 64), "threads that drivers and sinks share; 1"),
      key("handoff", any_of({path(), map_of(handoff_schema())}), "what sign-off handed over: a handoff.json"),
      key("models", dictionary_of(map_of(model_schema())), "compiled models on windows of tags"),
      key("serve", dictionary_of(map_of(serve_schema())),
          "tags that other masters read and write as registers"),
      key("rules", dictionary_of(map_of(rule_schema())), "computed tags, windows, alarms, routes"),
      later("uplink", "the demarcation service"),
      later("twin", "the live twin"),
      later("security", "keys and roles"),
  };
  return s;
}

}  // namespace bondline::station
