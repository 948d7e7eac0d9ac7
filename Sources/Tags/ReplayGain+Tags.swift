import Wire

extension ReplayGain {
    private static let fields: [(name: String, decimals: Int, path: WritableKeyPath<ReplayGain, Double?> & Sendable)] =
        [
            ("REPLAYGAIN_TRACK_GAIN", 2, \.trackGain), ("REPLAYGAIN_TRACK_PEAK", 6, \.trackPeak),
            ("REPLAYGAIN_ALBUM_GAIN", 2, \.albumGain), ("REPLAYGAIN_ALBUM_PEAK", 6, \.albumPeak)
        ]

    /// What the file says; nil when it says nothing.
    init?(_ file: TagFile, _ format: Format) {
        self.init()
        for field in Self.fields {
            let text = format == .m4a ? file.atom(field.name.lowercased()) : file[field.name].first
            self[keyPath: field.path] = text.flatMap { Double($0.prefix { !$0.isWhitespace }) }
        }
        if format == .opus {
            trackGain = Self.decibels(file["R128_TRACK_GAIN"].first) ?? trackGain
            albumGain = Self.decibels(file["R128_ALBUM_GAIN"].first) ?? albumGain
        }
        if self == ReplayGain() { return nil }
    }

    /// Opus has its own tags, relative to a level 5 dB lower; readers of M4A look for lower-case names.
    func write(to file: TagFile, _ format: Format) {
        if format == .opus {
            for (name, gain) in [("R128_TRACK_GAIN", trackGain), ("R128_ALBUM_GAIN", albumGain)] {
                if let gain { file[name] = [String(Int(max(-32768, min(32767, ((gain - 5) * 256).rounded()))))] }
            }
            return
        }
        for field in Self.fields {
            guard let value = self[keyPath: field.path], value.isFinite else { continue }
            let text = Self.text(value, decimals: field.decimals) + (field.decimals == 2 ? " dB" : "")
            if format == .m4a { file.setAtom(field.name.lowercased(), text) } else { file[field.name] = [text] }
        }
    }

    private static func decibels(_ r128: String?) -> Double? { r128.flatMap(Double.init).map { $0 / 256 + 5 } }

    private static func text(_ value: Double, decimals: Int) -> String {
        let scale = decimals == 2 ? 100 : 1_000_000
        let units = Int((max(-1000, min(1000, value)) * Double(scale)).rounded())
        let fraction = String(abs(units) % scale)
        return (units < 0 ? "-" : "") + "\(abs(units) / scale)."
            + String(repeating: "0", count: decimals - fraction.utf8.count) + fraction
    }
}
