// Character sets under the names that mail programs have given them: all that we know is in this file.
// Must not decide what can be converted: iconv knows.

/// Names of character sets.
enum CharsetNames {
    /// What the character set that mail calls `name`, in small letters, is called here and by iconv; `name` itself if
    /// nothing better is known.
    static func standardName(of name: String) -> String {
        switch name {
        case "utf-8", "us-ascii", "iso-8859-1": return name  // nearly all there are
        default: break
        }
        if let known = known(name) { return known }
        // `x-` says that a name is registered nowhere; most of those were, later.
        return name.hasPrefix("x-") ? known(String(name.dropFirst(2))) ?? name : name
    }

    /// The name for `name` if this file has it.
    private static func known(_ name: String) -> String? {
        aliases[name] ?? partOfISO8859(name) ?? codePage(name)
    }

    /// Names that mean the machine's own forms or locale, and one whose decoder has overrun its buffer (CVE-2024-2961).
    static let refused: Set<String> = [
        "internal", "wchar_t", "char", "ucs-4-internal", "ucs-2-internal", "ucs4-internal", "ucs2-internal",
        "iso-2022-cn-ext", "iso2022cnext", "iso2022-cn-ext", "csiso2022cnext",
    ]

    // MARK: Numbers

    /// `iso-8859-5` for `iso8859-5`, `iso_8859-5:1988`, `iso88595`, `8859-5`, `iso-8859-8-i` and their kin.
    private static func partOfISO8859(_ name: String) -> String? {
        var rest = name[...]
        _ = rest.take("iso")
        rest.takeSeparators()
        guard rest.take("8859") else { return nil }
        rest.takeSeparators()
        let digits = rest.prefix { $0.isNumber }
        rest = rest.dropFirst(digits.count)
        // `-i` and `-e` tell the direction of writing, a colon and a year which edition.
        let isWhole = rest.isEmpty || rest == "-i" || rest == "-e" || rest.hasPrefix(":")
        guard isWhole, let part = Int(digits), 1...16 ~= part else { return nil }
        return part == 11 ? "cp874" : "iso-8859-\(part)"
    }

    private static let pagePrefixes = [
        "windows", "win", "cp", "ibm", "dos", "ms", "microsoft-cp", "codepage", "code-page", "csibm", "cswindows",
    ]

    /// The code page with the number in `cp1251`, `windows-1251`, `win1251`, `cp-850`, `ibm_850` and their kin.
    private static func codePage(_ name: String) -> String? {
        for prefix in pagePrefixes {
            var rest = name[...]
            guard rest.take(prefix) else { continue }
            rest.takeSeparators()
            let isNumber = (2...5).contains(rest.count) && rest.utf8.allSatisfy { $0 &- 0x30 < 10 }
            if isNumber { return pages[String(rest)] ?? "cp" + rest }
        }
        return nil
    }

    /// Code pages that iconv has under other names, or that a superset serves.
    static let pages = [
        "932": "cp932", "943": "cp932", "936": "gb18030", "54936": "gb18030", "51936": "gb18030",
        "949": "cp949", "51949": "cp949", "950": "big5-hkscs", "951": "big5-hkscs", "1200": "utf-16le",
        "1201": "utf-16be", "12000": "utf-32le", "12001": "utf-32be", "65000": "utf-7", "65001": "utf-8",
        "20127": "us-ascii", "367": "us-ascii", "819": "iso-8859-1", "20866": "koi8-r", "878": "koi8-r",
        "21866": "koi8-u", "51932": "euc-jp", "20932": "euc-jp", "50220": "iso-2022-jp", "50221": "iso-2022-jp",
        "50222": "iso-2022-jp", "50225": "iso-2022-kr", "50227": "iso-2022-cn", "10000": "macintosh",
        "10007": "mac-cyrillic", "10029": "mac-centraleurope", "1361": "johab", "28591": "iso-8859-1",
        "28592": "iso-8859-2", "28593": "iso-8859-3", "28594": "iso-8859-4", "28595": "iso-8859-5",
        "28596": "iso-8859-6", "28597": "iso-8859-7", "28598": "iso-8859-8", "28599": "iso-8859-9",
        "28603": "iso-8859-13", "28605": "iso-8859-15", "38598": "iso-8859-8",
    ]

    // MARK: Names

    /// What iconv calls otherwise, or where mailers use a superset under the name of its base: our name first, then
    /// others.
    private static let table = """
        utf-8 utf8 utf_8 utf-8n utf8mb4 utf-8-sig csutf8 unicode-1-1-utf-8 unicode-2-0-utf-8 unicode11utf8 unicode20utf8
        us-ascii ascii us usascii us_ascii ansi_x3.4-1968 ansi_x3.4-1986 iso646-us iso_646.irv:1991 iso-ir-6 csascii
        iso-8859-1 latin1 latin-1 latin_1 l1 iso-ir-100 csisolatin1
        iso-8859-2 latin2 latin-2 l2 csisolatin2
        iso-8859-3 latin3 latin-3 l3 csisolatin3
        iso-8859-4 latin4 latin-4 l4 csisolatin4
        iso-8859-5 cyrillic csisolatincyrillic
        iso-8859-6 arabic csisolatinarabic asmo-708 ecma-114
        iso-8859-7 greek greek8 csisolatingreek sun_eu_greek ecma-118
        iso-8859-8 hebrew visual logical csisolatinhebrew
        iso-8859-9 latin5 latin-5 l5 csisolatin5 turkish
        iso-8859-10 latin6 latin-6 l6 csisolatin6
        iso-8859-13 latin7 latin-7
        iso-8859-14 latin8 latin-8
        iso-8859-15 latin9 latin-9 latin0 latin-0 l9 csisolatin9
        iso-8859-16 latin10 latin-10
        cp874 tis-620 tis620 thai
        cp1252 ansi
        gb18030 gb2312 gb_2312 gb-2312 gb_2312-80 gb2312-80 gbk chinese simplified-chinese csgb2312 csiso58gb231280
        gb18030 iso-ir-58 euc-cn euccn cn-gb
        big5-hkscs big5 big-5 big5hkscs x-x-big5 csbig5 cn-big5 traditional-chinese taiwanese
        cp932 shift_jis shift-jis shiftjis sjis ms_kanji csshiftjis windows-31j cswindows31j
        cp949 euc-kr euckr ks_c_5601 ks_c_5601-1987 ks_c_5601-1989 ks_c_5601_1987 ksc_5601 ksc5601 korean uhc cseuckr
        cp949 csksc56011987 iso-ir-149
        euc-jp eucjp cseucpkdfmtjapanese japanese-euc ujis
        iso-2022-jp iso2022jp iso2022-jp jis csiso2022jp
        iso-2022-kr iso2022kr csiso2022kr
        koi8-r koi koi8 koi8r koi8_r cskoi8r
        koi8-u koi8u koi8-ru koi8ru
        macintosh mac macroman mac-roman csmacintosh
        mac-cyrillic maccyrillic mac-ukrainian
        mac-centraleurope mac-ce macce maccentraleurope maclatin2 mac-latin2
        utf-7 utf7 unicode-1-1-utf-7 unicode-2-0-utf-7 csunicode11utf7
        utf-16 utf16 utf_16 csutf16 ucs-2 ucs2 iso-10646-ucs-2 iso-10646-utf-16 unicode csunicode
        utf-16be utf16be utf-16-be unicodefffe unicodebig ucs-2be
        utf-16le utf16le utf-16-le unicodefeff unicodelittle ucs-2le
        utf-32 utf32 utf_32 ucs-4 ucs4 iso-10646-ucs-4 csucs4
        utf-32be utf32be ucs-4be
        utf-32le utf32le ucs-4le
        """

    /// Our name for each name.
    static let aliases: [String: String] = {
        var aliases: [String: String] = [:]
        for line in table.split(separator: "\n") {
            let names = line.split(separator: " ").map(String.init)
            for name in names { aliases[name] = names[0] }
        }
        return aliases
    }()
}

extension Substring {
    /// Takes `prefix` off the front; false if something else stands there.
    fileprivate mutating func take(_ prefix: String) -> Bool {
        guard hasPrefix(prefix) else { return false }
        self = dropFirst(prefix.count)
        return true
    }

    fileprivate mutating func takeSeparators() { self = drop { $0 == "-" || $0 == "_" || $0 == "." } }
}
