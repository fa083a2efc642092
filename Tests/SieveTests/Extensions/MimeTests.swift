// mime: RFC 5703 section 4, and what it makes of values that are not as they should be.

import Testing

struct MimeTests {
    /// A field, an option, and what it takes from the field.
    static let table: [(field: String, option: String, value: String)] = [
        ("Content-Type: Text/HTML; charset=x", ":type", "text"), ("Content-Type: Text/HTML", ":subtype", "html"),
        ("Content-Type: Text/HTML; charset=x", ":contenttype", "text/html"),
        ("Content-Type: text/html; Charset=\"x y\"", ":param \"charset\"", "x y"),
        ("Content-Type: text", ":type", "text"), ("Content-Type: text", ":subtype", ""),
        ("Content-Disposition: attachment; filename=a", ":type", "attachment"),
        ("Content-Disposition: attachment; filename=a", ":subtype", ""),
        ("Content-Disposition: attachment; filename=a", ":param \"filename\"", "a"),
        // Read as the parts are found.
        ("Content-Type: \"multipart/mixed\"; boundary=b", ":type", "multipart"),
        ("Content-Type: multi\\part/mixed; boundary=b", ":contenttype", "multipart/mixed"),
        ("Content-Type: Content-Type: multipart/mixed; boundary=b", ":subtype", "mixed"),
        ("Content-Type: =?UTF-8?B?bXVsdGlwYXJ0?=/mixed; boundary=b", ":type", "multipart"),
        ("Subject: text/plain", ":type", ""),
    ]

    @Test(arguments: table)
    func takes(field: String, option: String, value: String) {
        let name = field.prefix { $0 != ":" }
        let test = "header :mime \(option) \"\(name)\" \"\(value)\""
        #expect(holds(test, requiring: "\"mime\"", on: "\(field)\n\nbody\n") == true)
    }
}
