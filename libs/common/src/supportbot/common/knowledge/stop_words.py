"""Words that say nothing about what a text is about, as they stand after normalising."""

from typing import Final

_ENGLISH: Final = """
a about above after again against all also am an and any are as at be because been before being below between both but
by can could did do does doing down during each few for from further get had has have having he her here hers him his
how i if in into is it its itself just let me more most my no nor not now of off on once only or other our ours out over
own same she should so some such tell than that the their theirs them then there these they this those through to too
under until up us very was we were what when where which while who whom whose why will with would you your yours don't
doesn't didn't isn't aren't can't couldn't won't wouldn't shouldn't i'm i've i'd i'll it's that's what's there's per
still anymore u ur im ive id ill whats wheres hows whos thats theres dont doesnt didnt isnt arent wasnt cant couldnt
wont wouldnt shouldnt havent hasnt pls plz please gonna wanna gotta lot lots
"""
_RUSSIAN: Final = """
а без более больше будет будто бы был была были было быть в вам вами вас ваш ваша ваше ваши вдруг ведь весь во вот все
всего всех всю всем вы где да даже для до его ее ей ему если есть еще ж же за зачем здесь и из или им ими иметь их к
каждый как какая какие какими каких каким какое какого какой какому какою какую когда которая которое которой который
которого которые которых кто куда ли либо лишь между меня мне много мной могу может можно мои мой моя моего моей моем мы
на над надо нам нами нас наш наша наше наши не него нее ней нельзя нет ни нибудь никогда ним ними них но ну о об один
однако он она они оно от очень по под пожалуйста подскажите скажите после потом потому почему почти при про раз разве с
сам сама сами само свой своя свое свои своего своей своих своим себя себе сейчас со совсем так также такая такие такой
такое там тебя тем теперь то тогда того тоже той только том тот ту ты у уже хорошо хоть чего чей чем через что чтоб
чтобы чуть эта эти этим этих это этого этой этом этот эту я вообще просто типа плиз пжл пж щас че шо ваще блин
кстати кажется например именно
"""

STOP_WORDS: Final = frozenset(_ENGLISH.split()) | frozenset(_RUSSIAN.split())
