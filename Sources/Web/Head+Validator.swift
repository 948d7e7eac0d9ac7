import CCurl

extension Head {
    /// The Last-Modified field, where a second change of the file would have got another one: the answer is a minute later.
    package var strongLastModified: String? {
        guard let field = fields["last-modified"], let date = fields["date"],
            case let (modified, now) = (curl_getdate(field, nil), curl_getdate(date, nil)), modified >= 0,
            now - modified >= 60
        else { return nil }
        return field
    }
}
