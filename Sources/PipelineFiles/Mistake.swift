import Wire

/// Something that is wrong in a pipeline file, and the line it is on.
package struct Mistake: Equatable {
    package let line: Int
    package let text: String
}

extension [Mistake] {
    /// All of them as one failure, a line each.
    package func failure(in file: String) -> Failure {
        .config("bad_pipeline", map { "\(file):\($0.line): \($0.text)" }.joined(separator: "\n"))
    }
}
