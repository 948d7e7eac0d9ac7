import ArgumentParser

/// `500K`, `2M` or plain bytes a second; at least 1000.
struct ByteRate: ExpressibleByArgument {
    let bytesPerSecond: Int

    init?(argument: String) {
        guard let count = byteCount(argument, ["k": 1000, "m": 1_000_000]), count >= 1000 else { return nil }
        bytesPerSecond = count
    }
}

/// A number, times the scale of the letter after it, if there is one; nil for anything else.
func byteCount(_ argument: String, _ scales: [String: Int]) -> Int? {
    let scale = argument.last.flatMap { scales[$0.lowercased()] }
    guard let number = Int(scale == nil ? argument : String(argument.dropLast())),
        case (let product, let overflow) = number.multipliedReportingOverflow(by: scale ?? 1), !overflow
    else { return nil }
    return product
}
