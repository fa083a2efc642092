// Days and dates, there and back.

import Testing

@testable import Dates

@Suite struct CivilDateTests {
    @Test(
        arguments: [
            (0, (1970, 1, 1)), (-1, (1969, 12, 31)), (11_016, (2000, 2, 29)), (11_017, (2000, 3, 1)),
            (20_780, (2026, 11, 23)), (-719_468, (0, 3, 1)), (-719_469, (0, 2, 29)), (-719_162, (1, 1, 1)),
            (2_932_896, (9999, 12, 31)), (47_540, (2100, 2, 28)), (47_541, (2100, 3, 1)),
        ] as [(Int, (Int, Int, Int))]
    )
    func days(_ days: Int, _ date: (Int, Int, Int)) {
        let expected = CivilDate(year: date.0, month: date.1, day: date.2)
        #expect(CivilDate(daysSince1970: days) == expected)
        #expect(expected.daysSince1970 == days)
        #expect(expected.exists)
    }

    @Test func everyDayFollowsTheOneBefore() {
        var before = CivilDate(daysSince1970: -800_001)
        for days in -800_000...800_000 {
            let date = CivilDate(daysSince1970: days)
            let isNext = date.day == before.day + 1 && date.month == before.month
            let isFirst = date.day == 1 && before.day == CivilDate.length(ofMonth: before.month, year: before.year)
            guard isNext || isFirst, date.daysSince1970 == days else {
                Issue.record("day \(days) is \(date)")
                return
            }
            before = date
        }
    }

    @Test(arguments: [(2026, 2, 29), (2100, 2, 29), (2026, 4, 31), (2026, 0, 1), (2026, 13, 1), (2026, 1, 0)])
    func daysThatNoCalendarHas(_ year: Int, _ month: Int, _ day: Int) {
        #expect(!CivilDate(year: year, month: month, day: day).exists)
    }
}
