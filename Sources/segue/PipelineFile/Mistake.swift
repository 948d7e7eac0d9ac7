import Wire

/// Something that is wrong in a pipeline file, and the line it stands on.
struct Mistake: Equatable {
    let line: Int
    let text: String
}

extension [Mistake] {
    /// All of them as one failure, a line each.
    func failure(in file: String) -> Failure {
        .config("bad_pipeline", map { "\(file):\($0.line): \($0.text)" }.joined(separator: "\n"))
    }
}
