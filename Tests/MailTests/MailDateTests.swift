// Dates: RFC 5322's examples, obsolete and wrong forms, and the calendar.
// Must not read a clock.

import Testing

@testable import Mail

@Suite struct MailDateTests {
    @Test(
        arguments: [
            // RFC 5322 appendix A.
            ("Fri, 21 Nov 1997 09:55:06 -0600", "Fri, 21 Nov 1997 09:55:06 -0600", 880_127_706),
            ("Fri, 21 Nov 1997 09(comment):   55  :  06 -0600", "Fri, 21 Nov 1997 09:55:06 -0600", 880_127_706),
            (
                "Thu,\r\n      13\r\n        Feb\r\n          1969\r\n      23:32\r\n               -0330 (Newfoundland Time)",
                "Thu, 13 Feb 1969 23:32:00 -0330", -27_723_480
            ),
            ("21 Nov 97 09:55:06 GMT", "Fri, 21 Nov 1997 09:55:06 +0000", 880_106_106),
            // Obsolete zones and years.
            ("Mon, 1 Jan 49 00:00:00 EST", "Fri, 1 Jan 2049 00:00:00 -0500", 2_493_090_000),
            ("1 Jan 50 00:00 PDT", "Sun, 1 Jan 1950 00:00:00 -0700", -631_126_800),
            ("1 Jan 100 00:00 UT", "Sat, 1 Jan 2000 00:00:00 +0000", 946_684_800),
            ("1 Jan 2000 00:00 A", "Sat, 1 Jan 2000 00:00:00 -0000", 946_684_800),
            ("1 Jan 2000 00:00 -0000", "Sat, 1 Jan 2000 00:00:00 -0000", 946_684_800),
            ("1 Jan 2000 00:00 CEST", "Sat, 1 Jan 2000 00:00:00 -0000", 946_684_800),
            ("1 Jan 2000 00:00", "Sat, 1 Jan 2000 00:00:00 -0000", 946_684_800),
            // What mailers write.
            ("Thu Aug 22 12:36:23 2002", "Thu, 22 Aug 2002 12:36:23 -0000", 1_030_019_783),
            ("Thu Aug 22 12:36:23 EDT 2002", "Thu, 22 Aug 2002 12:36:23 -0400", 1_030_034_183),
            ("Tuesday, 01-January-2019 00:00:00 +0100", "Tue, 1 Jan 2019 00:00:00 +0100", 1_546_297_200),
            ("29 Feb 2024 23:59:60 +0000", "Thu, 29 Feb 2024 23:59:60 +0000", 1_709_251_200),
            ("mon, 01 JAN 2024 1:2:3 z", "Mon, 1 Jan 2024 01:02:03 +0000", 1_704_070_923),
            ("1 Jan 0001 00:00 +0000", "Mon, 1 Jan 0001 00:00:00 +0000", -62_135_596_800),
            ("31 Dec 9999 23:59:59 -2359", "Fri, 31 Dec 9999 23:59:59 -2359", 253_402_387_139),
        ] as [(String, String, Int64)]
    )
    func reads(text: String, written: String, seconds: Int64) throws {
        let date = try #require(MailDate(Array(text.utf8)))
        #expect(date.description == written)
        #expect(date.secondsSince1970 == seconds)
        #expect(MailDate(Array(written.utf8)) == date)
    }

    @Test(arguments: [
        "", "now", "Mon,", "32 Jan 2024 00:00", "0 Jan 2024 00:00", "29 Feb 2023 00:00", "31 Apr 2024 00:00",
        "1 Foo 2024 00:00", "1 Jan 2024", "1 Jan 2024 24:00", "1 Jan 2024 00:60", "1 Jan 2024 00:00:61",
        "1 Jan 20244 00:00", "1 Jan 0000 00:00", "1 Jan 2024 00", "Jan 2024 00:00", "99999999999999999999 Jan 2024",
        "1 Jan 5 00:00", "-1 Jan 2024 00:00", "(((((", "1 Jan 2024 00:00:",
    ])
    func refuses(text: String) { #expect(MailDate(Array(text.utf8)) == nil) }

    @Test func cutAtEveryByte() {
        let text = Array("Thu, 13 Feb 1969 23:32:05 -0330 (New(found)land\\) Time)".utf8)
        for end in 0...text.count {
            if let date = MailDate(Array(text[..<end])) { #expect(date.month == 2 && date.day == 13) }
        }
    }

    @Test func everyDayOfEightHundredYearsReadsBack() {
        var previous = MailDate(secondsSince1970: -13_000 * 86_400)
        let wrong = (-12_999...280_000).first { day in
            let date = MailDate(secondsSince1970: Int64(day) * 86_400 + 3_661)
            let isNewYear = date.dayOfYear == 1 && date.month == 1 && date.day == 1
            let isNext = date.dayOfYear == previous.dayOfYear + 1 || isNewYear && date.year == previous.year + 1
            let isRight = date.daysSince1970 == day && date.weekday == (previous.weekday + 1) % 7 && isNext
            previous = date
            return !isRight
        }
        #expect(wrong == nil)
    }

    @Test func zonesMoveTheClockAndNotTheMoment() throws {
        let date = try #require(MailDate(Array("1 Mar 2024 00:30:00 +0100".utf8)))
        #expect(date.inZone(minutes: -90).description == "Thu, 29 Feb 2024 22:00:00 -0130")
        #expect(date.inZone(minutes: -90).secondsSince1970 == date.secondsSince1970)
        #expect(MailDate(secondsSince1970: .max).year == 9_999)
        #expect(MailDate(secondsSince1970: .min).year == 1)
        #expect(MailDate(secondsSince1970: .max, zoneMinutes: .max).year == 9_999)
        #expect(MailDate(secondsSince1970: .min, zoneMinutes: .min).year == 1)
        #expect(date.inZone(minutes: .max).zoneMinutes == 1_440)
    }
}
