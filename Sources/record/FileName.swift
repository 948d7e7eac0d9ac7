/// Names for files made from any text.
enum FileName {
    /// One name that leaves `reserving` of 255 bytes.
    static func segment(_ text: String, reserving: Int) -> String {
        var name = ""
        for character in text where name.utf8.count + character.utf8.count <= 255 - reserving {
            let isReserved = character.unicodeScalars.contains { "<>:\"/\\|?*".unicodeScalars.contains($0) || $0.value < 32 }
            name.append(isReserved ? "_" : character)
        }
        return name.isEmpty || name.hasPrefix(".") ? "_" + name : name
    }
}
