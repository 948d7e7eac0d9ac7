import ArgumentParser

/// `500K`, `2M` or plain bytes a second; at least 1000.
struct ByteRate: ExpressibleByArgument {
    let bytesPerSecond: Int

    init?(argument: String) {
        let scales: [Character: Int] = ["K": 1000, "k": 1000, "M": 1_000_000, "m": 1_000_000]
        let scale = argument.last.flatMap { scales[$0] }
        guard let number = Int(scale == nil ? argument : String(argument.dropLast())),
            case (let product, let overflow) = number.multipliedReportingOverflow(by: scale ?? 1), !overflow,
            product >= 1000
        else { return nil }
        bytesPerSecond = product
    }
}
