extension String {
    /// Text out of bytes that need be none: what is no UTF-8 is written as `\xe9`, so that it can be told from other names.
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
