import Display
import DriverKit
import Wire

extension Damage {
    var line: String {
        let why = message.map { "  (\($0))" } ?? ""
        return kind.rawValue.padded(to: 10) + "  " + [id, path].compactMap { $0 }.joined(separator: "  ") + why
    }

    var json: JSON { object.value }
}
