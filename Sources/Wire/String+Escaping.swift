extension String {
    /// Text from any bytes: each byte that is not UTF-8 is written like `\xe9`, so that different names stay different.
    package init(escaping bytes: some Collection<UInt8>) {
        var (text, rest, parser) = ("", bytes[...], Unicode.UTF8.ForwardParser())
        var iterator = bytes.makeIterator()
        while true {
            switch parser.parseScalar(from: &iterator) {
            case .valid(let scalar):
                text.unicodeScalars.append(Unicode.UTF8.decode(scalar))
                rest = rest.dropFirst(scalar.count)
            case .error(let length):
                text += rest.prefix(length).map { "\\x" + hexadecimal([$0]) }.joined()
                rest = rest.dropFirst(length)
            case .emptyInput:
                self = text
                return
            }
        }
    }
}
