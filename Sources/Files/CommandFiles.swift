/// The files that the words of a command for a shell name, with absolute paths.
package func filesNamed(in command: String) -> [String] {
    command.split(whereSeparator: \.isWhitespace).map(String.init).filter { fileSize($0) != nil }.map(absolute)
}
