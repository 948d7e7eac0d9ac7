import Glibc

/// A size such as `500MB`, `20GB` or `4GiB`, or a bare number of bytes; at least one byte.
struct ByteCount: Quantity, Equatable {
    static let form = "a size such as 500MB, 20GB or 4GiB"
    let bytes: Int

    private static let units: [String: Double] = {
        var units: [String: Double] = ["": 1, "B": 1, "kB": 1000]
        for (power, letter) in ["K", "M", "G", "T"].enumerated() {
            units["\(letter)B"] = pow(1000, Double(power + 1))
            units["\(letter)iB"] = pow(1024, Double(power + 1))
        }
        return units
    }()
    /// The largest number that every JSON reader keeps exactly.
    private static let largest = Double(1 << 53)

    init?(_ text: String) {
        guard let bytes = amount(text, Self.units), bytes >= 1, bytes <= Self.largest else { return nil }
        self.bytes = Int(bytes)
    }
}
