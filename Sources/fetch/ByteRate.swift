import ArgumentParser

/// `500K`, `2M` or plain bytes a second.
struct ByteRate: ExpressibleByArgument {
    let bytesPerSecond: Int

    init?(argument: String) {
        let scales: [Character: Int] = ["K": 1000, "M": 1_000_000]
        let scale = argument.last.flatMap { scales[Character($0.uppercased())] }
        guard let number = Int(scale == nil ? argument : String(argument.dropLast())), number > 0,
            case (let product, let overflow) = number.multipliedReportingOverflow(by: scale ?? 1), !overflow
        else { return nil }
        bytesPerSecond = product
    }
}
