import Ledger
import Limiter
import Server
import Wire

extension API {
    /// Metrics for Prometheus: counts, seconds and bytes, labelled by stage and state, never by item.
    func metrics() throws(Failure) -> HTTPResponse {
        let statistics = feed.statistics ?? JSONObject()
        var text = Exposition()
        text.add("segue_build_info", .gauge, "Which version runs.", [(["version": Version.project], 1)])
        text.add(
            "process_start_time_seconds", .gauge, "When it was started, in seconds since 1970.", [([:], startTime)])
        text.add(
            "segue_items", .gauge, "Items in the ledger, by the stage and the state that they are in.",
            try reading.counts().map { (["stage": $0.stage, "state": $0.state.rawValue], Double($0.count)) })
        text.add(
            "segue_fetched_bytes_total", .counter, "Bytes that stages told of moving since the start.",
            [([:], Double(statistics["bytes"]?.integer ?? 0))])
        let stages = statistics["stages"]?.elements.compactMap(\.object) ?? []
        func each(_ member: String) -> [([String: String], Double)] {
            stages.map { (["stage": $0["name"]?.string ?? ""], $0[member]?.number ?? 0) }
        }
        text.add("segue_stage_ready_records", .gauge, "Records that wait for a stage.", each("ready"))
        text.add("segue_stage_running_records", .gauge, "Records that a stage has in hand.", each("running"))
        text.add("segue_stage_replicas", .gauge, "Replicas that a stage may have.", each("replicas"))
        text.add(
            "segue_stage_stopped", .gauge, "Whether a stage is halted, and needs somebody.",
            stages.map { (["stage": $0["name"]?.string ?? ""], $0["trouble"] == nil ? 0 : 1) })
        text.add(
            "segue_paused_hosts", .gauge, "Hosts that nobody may ask for now.",
            [([:], Double(Hosts.pauses(in: plan.hostsFolder).count))])
        text.add(
            "segue_watchers", .gauge, "WebSocket connections that are told events.", [([:], Double(feed.subscribers))])
        return HTTPResponse(status: 200, type: "text/plain; version=0.0.4; charset=utf-8", body: Array(text.text.utf8))
    }
}

/// The Prometheus text format, version 0.0.4.
private struct Exposition {
    private(set) var text = ""

    enum Kind: String { case gauge, counter }

    mutating func add(
        _ name: String, _ kind: Kind, _ help: String, _ samples: [(labels: [String: String], value: Double)]
    ) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
        for sample in samples {
            let labels = sample.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\"\(Self.escaped($0.value))\"" }
            text +=
                name + (labels.isEmpty ? "" : "{\(labels.joined(separator: ","))}") + " \(Self.number(sample.value))\n"
        }
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
