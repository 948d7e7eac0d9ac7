extension Media {
    /// Whether it is better than a file: lossless where the file is not, or of the same format with a higher bit rate.
    ///
    /// Formats that compress differently are not compared.
    package func isBetter(than placed: Placed) -> Bool {
        if isLossless || placed.isLossless { return !placed.isLossless }
        guard format == placed.format, let own = bitRate(quality), let other = placed.bitRate else { return false }
        return own > other
    }

    private var isLossless: Bool { saysLossless(format, quality) }

    /// The quality of a file that has come of it, if that has the format that was told.
    package func quality(of found: Format) -> String? { found == format ? quality : nil }

    /// What was asked for, where a file in another quality or format has come.
    package func wanted(for found: Format) -> String? { wanted ?? (found == format ? nil : quality ?? format.rawValue) }

    /// Whether a file has come of it, which was told to be something else than it is.
    package func gave(_ placed: Placed) -> Bool {
        takesAnyFormat && placed.sameAs == nil && placed.wanted != nil && placed.wanted == wanted(for: placed.format)
    }
}

extension Placed {
    /// Whether nothing of the sound was given up for a smaller file.
    package var isLossless: Bool { saysLossless(format, quality) }

    /// In kbit/s: what its quality says, else its size tells with a tenth for pictures and tags.
    fileprivate var bitRate: Double? {
        if let told = Wire.bitRate(quality) { return told }
        return duration.flatMap { $0 > 0 ? Double(bytes) * 8 / 1000 / $0 * 1.1 : nil }
    }
}

/// The container M4A holds either.
private func saysLossless(_ format: Format, _ quality: String?) -> Bool {
    format == .flac || format == .wav || format == .m4a && quality?.lowercased().contains("alac") == true
}

/// The number at the end of a quality such as `mp3_320`, in kbit/s.
private func bitRate(_ quality: String?) -> Double? {
    let digits = quality?.split(separator: "_").last.map(String.init) ?? ""
    return Int(digits).flatMap { (8...10_000).contains($0) ? Double($0) : nil }
}
