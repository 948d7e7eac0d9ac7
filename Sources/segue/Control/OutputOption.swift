import ArgumentParser
import Ledger
import Processes
import Wire

/// How a command writes its output.
struct OutputOption: ParsableArguments {
    @Flag(help: "Answer with JSON, one object per line.")
    var json = false

    /// Writes a line to stdout.
    func put(_ text: String) { Self.put(bytes: Array(text.harmless.utf8)) }
    func put(_ value: JSON) { Self.put(bytes: Array(value.text)) }

    /// Writes JSON if that was asked for, else lines.
    func put(_ json: @autoclosure () -> JSON, or lines: @autoclosure () -> [String]) {
        if self.json { put(json()) } else { lines().forEach { put($0) } }
    }

    static func put(bytes: [UInt8]) { writeLineToStandardOutput(bytes, of: "segue") }
}
