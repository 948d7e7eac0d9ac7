/// The month, from 1, that a lower-case word names or begins to name with at least three letters; nil when it names
/// none, or may be either of two.
func monthNumber(_ word: Substring) -> Int? {
    guard word.count >= 3 else { return nil }
    let found = monthNames.indices.filter { month in monthNames[month].contains { $0.hasPrefix(word) } }
    return found.count == 1 ? found[0] + 1 : nil
}

/// In English, German, French, Spanish, Italian, Portuguese, Dutch, the languages of Scandinavia, Polish, Russian and
/// Turkish.
private let monthNames = [
    "january januar januari janvier enero gennaio janeiro stycznia styczeń января ocak",
    "february februar februari février fevrier febrero febbraio fevereiro lutego luty февраля şubat",
    "march märz maerz mars marzo março marco maart marca marzec марта mart",
    "april avril abril aprile kwietnia kwiecień апреля nisan",
    "may mai mayo maggio maio mei maj maja мая май mayıs",
    "june juni juin junio giugno junho czerwca czerwiec июня haziran",
    "july juli juillet julio luglio julho lipca lipiec июля temmuz",
    "august augusti augustus août aout agosto sierpnia sierpień августа ağustos",
    "september septembre septiembre setiembre settembre setembro września wrzesień сентября eylül",
    "october oktober octobre octubre ottobre outubro października październik октября ekim",
    "november novembre noviembre novembro listopada listopad ноября kasım",
    "december dezember décembre decembre diciembre dicembre dezembro desember grudnia grudzień декабря aralık"
].map { $0.split(separator: " ") }
