"""The playground: a page on this machine where both nets learn side by side from one seed.

`choices.py` says what may be chosen, `sets.py` what is learnt from, `session.py` trains and compares and knows no page;
`charts.py` and `pictures.py` draw a session, `view.py` is all that is shown of it; `page.py` is the page, `serve.py`
the command.
"""
