import Glibc

/// An amount as people write it: a number and a unit.
package protocol Quantity {
    /// What it looks like, for messages.
    static var form: String { get }
    init?(_ text: String)
}

/// The number times the unit after it; nil for anything else.
func amount(_ text: String, _ units: [String: Double]) -> Double? {
    let digits = text.utf8.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: ".") }
    let unit = text.utf8.dropFirst(digits.count).drop { $0 == UInt8(ascii: " ") }
    guard digits.first != UInt8(ascii: "."), digits.last != UInt8(ascii: "."),
        let number = Double(String(digits) ?? ""),
        number.isFinite, let factor = String(unit).flatMap({ units[$0] })
    else { return nil }
    return number * factor
}
