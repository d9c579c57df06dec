"""How to say it instead: one English sentence for each reason. Pages have their own, which can be translated."""

SUGGESTIONS = {
    "footage": "It seems to ask residents for footage, which no agency may do here: ask people to call if they saw it.",
    "race": "Say what was done, where and when, and leave out skin colour and ethnicity: clothes help more.",
    "religion": "Say what was done, where and when, and leave out religion and religious dress.",
    "nationality": "Say what was done, where and when, and leave out where somebody seems to come from.",
    "immigration": "Say what was done, where and when, and leave out anybody's immigration status.",
    "language": "Say what was done, where and when, and leave out how somebody speaks.",
    "outsider": "Say what was done: everybody may be here, and how somebody fits in says nothing about it.",
    "homeless": "Say what was done, where and when: having no home is no reason for suspicion.",
    "health": "Say what was done, where and when: an illness is no reason for suspicion. In danger, call 911.",
    "slur": "This word insults a group of people: leave it out, and say what was done, where and when.",
    "name-of-suspect": "Do not name whom you suspect: say what was done, and give the name to the police only.",
    "accusation": "Do not accuse somebody whom neighbours can recognise: say what you saw, and tell the police.",
    "reward": "Rewards are not offered here: leave it out, and say what happened.",
    "plate": "Leave out the number plate: give it to the police, and describe the vehicle's colour and kind here.",
    "phone": "Leave out private telephone numbers: neighbours can answer under your post.",
    "email": "Leave out private mail addresses: neighbours can answer under your post.",
    "address-of-person": "Leave out where a person lives: name the street only, and say what was done there.",
    "link": "Leave out links to people's profiles.",
}  # fmt: skip
